"""The demo: programmes with people and a little life, made through the real acts; and a crowd, by bulk.

A Django app for its command's sake, in no production: `manage.py seed_demo`. Nobody imports it but what simulates.
"""
