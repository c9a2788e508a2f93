# frozen_string_literal: true

require_relative 'batten/version'
begin
  require 'batten/batten'
rescue LoadError => e
  raise LoadError, "batten: its extension is not compiled (#{e.message}). Bundler compiles none for `path:`: lay the gem into " \
                   'vendor/cache and write `gem "batten"`, or use `git:` (docs/ruby.md, Installing)'
end
require_relative 'batten/errors'
require_relative 'batten/policy'
require_relative 'batten/verifier'

# Strict tokens and safe sinks for Ruby. See docs/ruby.md.
#
# - {Verifier}: one token against a policy
# - {Middleware}, {Controller}: whole requests, for Rack and Rails
# - {JWT}: stands in for the `jwt` gem, without its permissive defaults
# - {SafeFile}, {SafeProcess}, {SafeFetch}: where values from outside would reach files, processes, addresses
module Batten
  autoload :Middleware, 'batten/middleware'
  autoload :Controller, 'batten/controller'
  autoload :JWT, 'batten/jwt'
  autoload :SafeFile, 'batten/safe_file'
  autoload :SafeProcess, 'batten/safe_process'
  autoload :SafeFetch, 'batten/safe_fetch'
  autoload :TokenAuthorizationService, 'batten/token_authorization_service'

  require_relative 'batten/railtie' if defined?(::Rails::Railtie)

  class << self
    # Where problems with keys and revocations go, and what the middleware decides. Anything with `warn` and `info`.
    # @return [#warn, #info]
    attr_writer :logger

    def logger
      @logger ||= begin
        require 'logger'
        Logger.new($stderr, progname: 'batten')
      end
    end
  end
end
