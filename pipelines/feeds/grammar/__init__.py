"""What a feed set and its profiles may say, and what a header says in their words.

Here: the declared side of reading, checked. Not here: opening a file (`formats`), SQL (`compiler`), the profiles that
come with the package (`profiles`).
"""
