"""The stage map: what a network sees of each test image, on a plane, and the images that it sees most alike.

`features` are taken from the network, `neighbours` are found among them, `layout` puts them on a plane, `table` has all
of it. Nothing here depends on how many cores there are.
"""
