"""Reading files that strangers made: CSV, workbooks and JSON become blocks of rows of text.

Knows no Django: it runs in a process of its own with limits on memory and time (``process``), so that no file,
however it was made, can take more than its share. ``open_file`` begins here; ``apart`` is how the platform calls it.
"""
