"""How a response goes over the wire: whole, late, in part, or not at all."""

import asyncio
import socket
import struct

from aiohttp import web

from tests.provider.faults import Fault

JSON = "application/json"
PAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr></body>\r\n</html>\r\n"
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, for no time: closing resets the connection


async def send(request: web.BaseRequest, payload: bytes, headers: dict[str, str], status: int = 200, kind: str = JSON) -> tuple[web.StreamResponse, bool]:
    """Send a response whole; and whether the client was there to take it."""
    response = web.Response(body=payload, status=status, headers=headers, content_type=kind)
    if gone(request):
        return response, False
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return response, False
    return response, True


async def hit(request: web.BaseRequest, payload: bytes, headers: dict[str, str], fault: Fault) -> tuple[web.StreamResponse, bool]:
    """Send a response as a fault will have it; and whether it is a whole answer all the same."""
    if fault.way == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.way == "half":
        return (await send(request, payload[: len(payload) // 2], headers))[0], False
    if fault.way == "page":
        return (await send(request, PAGE, headers, fault.status, "text/html"))[0], False
    if fault.way == "reset":
        return reset(request), False
    if fault.way in ("cut", "stall"):
        return await part(request, payload, headers, fault), False
    return await send(request, payload, headers)


def gone(request: web.BaseRequest) -> bool:
    """Whether the client has closed the connection."""
    return request.transport is None or request.transport.is_closing()


def reset(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection."""
    if not gone(request):
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        request.transport.abort()
    return web.Response()


async def part(request: web.BaseRequest, payload: bytes, headers: dict[str, str], fault: Fault) -> web.StreamResponse:
    """Send a part of the body, although all of it was promised."""
    response = web.StreamResponse(headers={**headers, "content-type": JSON, "content-length": str(len(payload))})
    try:
        await response.prepare(request)
        await response.write(payload[: len(payload) // 2 if fault.after is None else min(fault.after, len(payload) - 1)])
        await asyncio.sleep(fault.seconds)
    except ConnectionError:
        return response
    if not gone(request):
        request.transport.close()
    return response
