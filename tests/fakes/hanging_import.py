"""A fake whose import never ends."""

import time

print("looking for a device")
time.sleep(60)
