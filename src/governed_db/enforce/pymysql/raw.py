"""PyMySQL's own classes, without the published types: these leave out what we have to hold on to."""

from __future__ import annotations

from typing import Any

import pymysql.connections
import pymysql.cursors

Connection: Any = pymysql.connections.Connection
Cursor: Any = pymysql.cursors.Cursor
MySQLResult: Any = pymysql.connections.MySQLResult
