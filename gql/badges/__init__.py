"""Badges: a picture of whether the latest completed run of a branch passed."""

PATH = "/badges"
