"""Text from outside made safe, and what is written for people: masks, units, cells, moments."""
