"""What a report tells of each topic: its tables, the rules of its claims, its figures."""
