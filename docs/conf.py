"""The site of all pages (`make site`): Sphinx reads the Markdown that a forge shows, from the root, so links hold in both."""

project = "sutaz-tui"
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md"]
exclude_patterns = [".*", "build", "dist", "scripts", "sutaz_tui", "tests", "widgets"]
nitpicky = True
smartquotes = False  # they would make one dash of the two of an option
myst_heading_anchors = 3
html_show_copyright = False
html_theme_options = {"show_powered_by": False}
html_copy_source = False
