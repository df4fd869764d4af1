"""The api's client: typed, synchronous, shared by window and commands (`stationd.client.client.Client`).

What comes back is read leniently: members that this version does not know are passed over and missing ones take a
default, so that a window and a daemon of different versions still understand each other.
"""
