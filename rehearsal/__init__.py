"""The rehearsal: a whole programme played through the real acts, on a database of its own, in one process.

Time is simulated, and so are the people, the bank and the mail server; the acts, the laws and the database are the
real ones. Every app has a `PART` here, and `run.PARTS` names them.
The same seed gives the same story, byte for byte. `run.rehearse` plays it; apps need only `play`.
"""
