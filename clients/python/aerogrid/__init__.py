"""Kafka in, live tables out.

    import aerogrid

    app = aerogrid.App("ordersapp")

    class Order(aerogrid.Record):
        product: str
        quantity: int

    orders = app.topic("orders", key_type=str, value_type=Order)
    product_sum = app.Grid("product_sum", columns=["units_sold"], default=0)

    @app.stream(orders)
    async def totals(stream: aerogrid.Stream[str, Order]):
        async for key, order in stream.items():
            product_sum[order.product]["units_sold"] += order.quantity
"""

from ._app import App
from ._cells import Error
from ._columns import Column, UnknownColumn
from ._grid import Grid
from ._record import Record, field
from ._rows import Row
from ._settings import Secret, SettingError, secret, setting
from ._topics import Event, Stream, Topic
from ._version import __version__

__all__ = [
    "App",
    "Column",
    "Error",
    "Event",
    "Grid",
    "Record",
    "Row",
    "Secret",
    "SettingError",
    "Stream",
    "Topic",
    "UnknownColumn",
    "__version__",
    "field",
    "secret",
    "setting",
]
