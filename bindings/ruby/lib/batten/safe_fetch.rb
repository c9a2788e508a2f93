# frozen_string_literal: true

require 'net/http'
require 'timeout'
require 'uri'

module Batten
  # Fetches a URL that comes from outside: only from hosts on a list, and never from a private, loopback, link-local,
  # metadata or other special address, in whatever notation. The connection goes to the address that was checked, so that a
  # second look-up of the name cannot answer otherwise; each redirect is checked like the first URL.
  module SafeFetch
    # status: Integer. headers: Hash of arrays. body: binary String. url: of the last hop.
    Response = Struct.new(:status, :headers, :body, :url)

    UNREACHABLE = [Errno::ECONNREFUSED, Errno::EHOSTUNREACH, Errno::ENETUNREACH, Net::OpenTimeout].freeze
    # What a server does that speaks no HTTP, or breaks off.
    UNREADABLE = [Net::ProtocolError, Net::HTTPBadResponse, Net::HTTPHeaderSyntaxError, EOFError, IOError, Errno::ECONNRESET,
                  Errno::EPIPE, Errno::EPROTO].freeze
    FIELD_NAME = /\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\z/.freeze # RFC 9110 section 5.6.2
    private_constant :UNREACHABLE, :UNREADABLE, :FIELD_NAME

    class << self
      # @param url [String]
      # @param hosts [Array<String>] "api.example.com", or "*.example.com" for names below it
      # @param networks [Array<String>] special networks that are allowed all the same, "10.1.0.0/16"
      # @param http [Boolean] allows http too; else https alone
      # @param headers [Hash{String => String}] sent to the first host; another host after a redirect gets none of them
      # @param redirects [Integer] how many are followed
      # @param timeout [Numeric] seconds for all of it
      # @param limit [Integer] bytes of the body
      # @param ca_file [String, nil] certificates to trust instead of the system's
      # @param resolver [#call, nil] host -> Array of IP addresses, instead of the system's
      # @return [Response] of whatever status
      # @raise [SinkRefused] also, with the reason "answer", when the server's answer is no HTTP; and what Net::HTTP raises
      #   when there is no connection
      def get(url, hosts:, networks: [], http: false, headers: {}, redirects: 3, timeout: 10, limit: 10 * 1024 * 1024,
              ca_file: nil, resolver: nil)
        raise ArgumentError, 'the Host field follows from the URL' if headers.keys.any? { |name| name.to_s.casecmp?('host') }
        raise ArgumentError, 'timeout must be above zero' unless timeout.is_a?(Numeric) && timeout.positive?
        raise ArgumentError, 'limit is a number of bytes, 0 or more' unless limit.is_a?(Integer) && limit >= 0

        check_fields(headers)
        fetch = Fetch.new(hosts, networks, !http, limit, ca_file, resolver)
        Timeout.timeout(timeout, SinkRefused, 'timeout') { fetch.follow(url, headers, redirects) }
      rescue *UNREADABLE => e
        raise SinkRefused.new('answer', "the server's answer cannot be read: #{e.class}")
      rescue Net::ReadTimeout, Net::WriteTimeout
        raise SinkRefused.new('timeout')
      end

      private

      # One field each: neither name nor value may begin another.
      def check_fields(headers)
        headers.each do |name, value|
          next if name.to_s.match?(FIELD_NAME) && !value.to_s.match?(/[\r\n\0]/)

          raise SinkRefused.new('bad-byte', "the header field #{name.to_s.inspect} is none")
        end
      end
    end

    # One call of {SafeFetch.get}.
    # @api private
    class Fetch
      def initialize(hosts, networks, https_only, limit, ca_file, resolver)
        @hosts = hosts
        @networks = networks
        @https_only = https_only
        @limit = limit
        @ca_file = ca_file
        @resolver = resolver
      end

      def follow(url, headers, redirects)
        first = nil
        loop do
          scheme, host, port, addresses = checked(url)
          origin = [scheme, host, port]
          first ||= origin
          uri = uri_of(url, host)
          answer = from_any(addresses, origin, uri, origin == first ? headers : {})
          target = redirect(answer, uri)
          return answer unless target
          raise SinkRefused.new('url', 'more redirects than allowed') if (redirects -= 1).negative?

          url = target
        end
      end

      private

      def checked(url)
        reason, *target = Native.check_url(url.to_s, @hosts, @networks, @https_only, @resolver)
        raise SinkRefused.new(reason) if reason

        target
      end

      # What was checked and what is asked for must be one URL.
      def uri_of(url, host)
        uri = URI.parse(url.to_s)
        raise SinkRefused.new('url') unless uri.is_a?(URI::HTTP) && uri.hostname.to_s.downcase.chomp('.') == host.downcase.chomp('.')

        uri
      rescue URI::Error
        raise SinkRefused.new('url')
      end

      def from_any(addresses, origin, uri, headers)
        addresses.each_with_index do |address, i|
          return from(address, origin, uri, headers)
        rescue *UNREACHABLE
          raise if i == addresses.length - 1
        end
      end

      # The third argument keeps a proxy out, which would look the name up by itself.
      def from(address, (scheme, host, port), uri, headers)
        http = Net::HTTP.new(host, port, nil)
        http.ipaddr = address
        http.max_retries = 0
        if scheme == 'https'
          http.use_ssl = true
          http.verify_mode = OpenSSL::SSL::VERIFY_PEER
          http.ca_file = @ca_file if @ca_file
        end
        request = Net::HTTP::Get.new(uri, { 'Accept-Encoding' => 'identity' }.merge(headers))
        http.start { http.request(request) { |answer| return response(answer, uri) } }
      end

      def response(answer, uri)
        body = +''.b
        answer.read_body do |part|
          body << part
          raise SinkRefused.new('too-large') if body.bytesize > @limit
        end
        whole = answer.content_length
        raise EOFError if whole && body.bytesize < whole

        Response.new(answer.code.to_i, answer.to_hash, body, uri.to_s)
      end

      def redirect(answer, uri)
        place = answer.headers['location']&.first
        return unless place && [301, 302, 303, 307, 308].include?(answer.status)

        URI.join(uri, place).to_s
      rescue URI::Error
        raise SinkRefused.new('url')
      end
    end
  end
end
