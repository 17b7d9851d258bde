"""How cats are painted; `mosaic_helpers.cats` is the door to it.

`dice` decides, `brush` draws; `coats`, `features`, `faces`, `bodies` and `figures`
make a cat; `ground`, `indoors`, `outdoors` and `light` are where it is; `easel`
puts them together. `collection` says which file holds what, `files` writes one,
and `workers` has several processes write them all.
"""
