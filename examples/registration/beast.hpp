#pragma once

// Boost.Asio and Boost.Beast for WebSockets.

#include "tour/boost.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/websocket.hpp>

namespace web {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using net::ip::tcp;

using PlainSocket = websocket::stream<beast::tcp_stream>;

}  // namespace web
