"""A flow as one HTML file that runs it: opened from a disk, without a server or an installation.

`page.make_live_page` puts module, packed flow, library and words into one file. `page.mjs` is what
the page does, `page.css` how it looks beside the pages of reports.
"""
