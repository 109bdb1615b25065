"""Pure presentation: widgets that draw what they are given and report what was asked of them."""
