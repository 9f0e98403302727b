"""The filters of lists, a file per noun."""
