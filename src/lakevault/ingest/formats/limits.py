"""How much the reader takes at a time, and where it gives up."""

# Characters of a file that are looked at together: what a reader holds in memory, unless one record is longer.
BLOCK = 1 << 20
# The longest record that is cut. Beyond it, an opening quote counts as one that is never closed.
MAX_RECORD = 1 << 26
MAX_NAMES = 20_000
ROWS_PER_BATCH = 1 << 16
