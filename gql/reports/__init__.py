"""Reports of a run for other programs: JUnit's XML for a CI, and Markdown for a pull request."""
