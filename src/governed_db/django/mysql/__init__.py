"""Django's MySQL backend over governed_db.pymysql."""
