"""The toolbox: the tasks of the science as pages for people who know their instrument and not statistics.

A page is made of what the task itself says: fields from its schema (``fields``), words from one table (``labels``),
what is pasted read by its schema (``texts``), the answer as facts and tables (``answers``), in plain words
(``verdicts``) and drawn (``pictures``). Nothing is stored: a link holds the whole input (``packing``).
"""
