#pragma once

// The same over TLS, which needs OpenSSL.

#include "registration/beast.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace web {

namespace ssl = boost::asio::ssl;

using SecureSocket = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

}  // namespace web
