"""Landing and raw: how an agency's file becomes rows of the raw contracts.

Here: feed sets, profiles (one YAML per agency file), readers, receipts, refused rows. Not here: anything
that joins two files, judges a plausible row again, or knows a country, agency or species (profiles and
seeds do).
"""
