// SPDX-License-Identifier: Apache-2.0
//
// What a handler throws when the request is at fault: it becomes the answer's status and message.
#ifndef HTTP_SERVICE_HTTP_ERROR_HPP
#define HTTP_SERVICE_HTTP_ERROR_HPP

#include <boost/beast/http/status.hpp>
#include <stdexcept>
#include <string>

namespace service {

class HttpError : public std::runtime_error {
 public:
  HttpError(boost::beast::http::status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}

  boost::beast::http::status status() const noexcept { return status_; }

 private:
  boost::beast::http::status status_;
};

}  // namespace service

#endif  // HTTP_SERVICE_HTTP_ERROR_HPP
