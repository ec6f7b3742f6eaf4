"""The rehearsal: a whole programme played through the real acts, on a database of its own, in one process.

Time is simulated, and so are the people, the bank and the mail server; the acts, the laws and the database are the
real ones. Every app adds its people through `registry.rehearsal`, so the kernel plays without knowing what is played.
The same seed gives the same story, byte for byte. `run.rehearse` plays it; apps need only `play`.
"""
