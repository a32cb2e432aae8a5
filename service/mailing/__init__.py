"""What leaves the house for the post: print files in address order, a zip of letters, the carrier's sheet and back.

Letters and their addresses come in as values, files go out. Nothing here knows the records, the log or HTTP.
"""
