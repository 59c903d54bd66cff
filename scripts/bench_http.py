"""stub"""
def http(): return True
def memory(): return True
