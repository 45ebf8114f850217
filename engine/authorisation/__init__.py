"""Dual authorisation: one exact instruction, two people, one execution. Pure: time, chance and signatures come in."""
