"""An MCP server over streamable HTTP, on loopback: `web.py PORT`. One tool reads, one writes; every call is written to stderr."""

import sys

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("web")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def look_up_price(product: str, currency: str = "EUR") -> str:
    """Look up what a product costs now.

    Args:
        product: Name of the product
        currency: Three letters
    """
    print(f"called look_up_price {product}", file=sys.stderr, flush=True)
    return f"{product} costs 12.50 {currency} today. It is in stock."


@server.tool(annotations=ToolAnnotations(read_only_hint=False))
def order_product(product: str, pieces: int) -> str:
    """Order a product for delivery.

    Args:
        product: Name of the product
        pieces: How many pieces
    """
    print(f"called order_product {product}", file=sys.stderr, flush=True)
    return f"Ordered {pieces} of {product}. It comes on Monday."


server.run("streamable-http", port=int(sys.argv[1]))
