#pragma once

// The one include of Asio. Only net/ knows it, and only for timers, signals, name resolution,
// posting from other threads and the wait on our own epoll set: sockets that carry data never touch
// it (see readiness.hpp).

#include <cstddef>  // before Asio: see asio_impl.cpp

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/version.hpp>
