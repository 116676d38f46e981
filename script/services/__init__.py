"""Church services whose truth is known. It must not know what is measured with them."""

# Everything is composed in mono at this rate; the hall makes it stereo.
RATE = 22_050
