#pragma once

// The lines of the standard input, on one thread.

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <functional>
#include <iostream>
#include <string>
#include <utility>

namespace shared {

namespace net = boost::asio;

/// The lines of the standard input, and its end: one each time that it is asked, so that none waits
/// where nobody can say it yet.
class Lines {
 public:
  /// A line has fewer than `size_max` bytes; one that is longer ends the input, as what cannot be
  /// read does. Then that is said, and `has_failed`.
  Lines(net::io_context& io, std::function<void(std::string_view)> line, std::function<void()> end,
        std::size_t size_max = 60'000)
      : input_(io, ::dup(STDIN_FILENO)),
        line_(std::move(line)),
        end_(std::move(end)),
        size_max_(size_max) {}

  /// Has `line` or `end` called, later.
  void ask() {
    if (is_file_) return net::post(input_.get_executor(), [this] { read_file(); });
    net::async_read_until(input_, net::dynamic_buffer(text_, size_max_), '\n',
                          [this](boost::system::error_code error, std::size_t size) {
                            if (error == net::error::operation_aborted) return;
                            // A file is always there: it cannot be waited for.
                            is_file_ = error == net::error::no_permission ||
                                       error == net::error::operation_not_supported;
                            if (is_file_) return ask();
                            take(error, size);
                          });
  }

  /// Has nothing called any more where the input is waited for.
  void cancel() { input_.cancel(); }
  /// Whether there was more of the input than has been given.
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  void read_file() {
    boost::system::error_code error;
    const auto size = net::read_until(input_, net::dynamic_buffer(text_, size_max_), '\n', error);
    take(error, size);
  }
  void take(boost::system::error_code error, std::size_t size) {
    if (error && error != net::error::eof) {
      has_failed_ = true;
      std::cerr << (error == net::error::not_found ? "a line is too long to be one"
                                                   : "the input: " + error.message())
                << std::endl;
    }
    const bool is_last = error == net::error::eof && !text_.empty();  // and has no line feed
    if (error && !is_last) return end_();
    std::string line = is_last ? std::exchange(text_, {}) : text_.substr(0, size - 1);
    if (!is_last) text_.erase(0, size);
    line_(line);
  }

  net::posix::stream_descriptor input_;
  std::function<void(std::string_view)> line_;
  std::function<void()> end_;
  std::size_t size_max_;
  std::string text_;
  bool is_file_ = false, has_failed_ = false;
};

}  // namespace shared
