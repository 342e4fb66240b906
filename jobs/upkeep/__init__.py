"""Jobs that keep the installation tidy: backups, forgetting customers, deleting what has expired.

Do not import the other packages of jobs. `flask backup` and `flask restore` use the backup files too.
"""
