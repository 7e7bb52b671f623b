"""What an image is baked by: the files of a project as documents of Image Builder, or as a template of Packer.

The same definition makes the same documents, byte by byte, on every machine: versions are hashes of them.
"""
