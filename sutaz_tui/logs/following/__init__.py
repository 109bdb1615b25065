"""Logs followed: several feeds as one, and Loki's told whole although its tail is not."""
