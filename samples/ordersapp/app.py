"""Sums the units sold of each product, live, from a stream of orders."""

import os

import aerogrid

app = aerogrid.App("ordersapp", broker=os.environ.get("BROKER_URI", "localhost:9092"))


class Order(aerogrid.Record):
    product: str
    quantity: int


orders = app.topic("orders", key_type=str, value_type=Order)
product_sum = app.Grid("product_sum", columns=["units_sold"], default=0)


@app.stream(orders)
async def totals(stream: aerogrid.Stream[str, Order]):
    async for key, order in stream.items():
        # A product that was never seen before starts with the default, 0.
        product_sum[order.product]["units_sold"] += order.quantity
