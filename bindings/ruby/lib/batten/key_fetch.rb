# frozen_string_literal: true

require 'net/http'
require 'socket'
require 'timeout'
require 'uri'

module Batten
  # Carries what libbatten asks for a policy's keys: it says when, where and with what, and judges the answer. Here are only
  # the connection and its limits: no redirect, no proxy, TLS verified, and no address that libbatten bans.
  module KeyFetch
    FIELDS = %w[etag last-modified cache-control retry-after location].freeze
    UNREACHABLE = [Errno::ECONNREFUSED, Errno::EHOSTUNREACH, Errno::ENETUNREACH, Net::OpenTimeout].freeze
    private_constant :FIELDS, :UNREACHABLE

    class << self
      def start(policy, issuer)
        thread = Thread.new { take(policy, issuer) }
        thread.name = 'batten keys'
        thread.report_on_exception = false
        thread
      end

      # An answer as Policy#fetch_keys wants it; what went wrong is one too.
      # @param resolver [#call] host, port -> Array of IP addresses
      def carry(url, headers, ca_file, cert, key, resolver: method(:resolve))
        uri = URI(url)
        Timeout.timeout(Native::FETCH_SECONDS) do
          from_any(allowed(uri, resolver), uri) { |http| ask(http, uri, headers, ca_file, cert, key) }
        end
      rescue StandardError => e
        [0, "#{e.class}: #{e.message}".delete("\0")]
      end

      private

      def take(policy, issuer)
        problems = policy.fetch_keys(issuer) { |*asked| carry(*asked) }
        policy.notice(problems) unless problems.empty?
      end

      def resolve(host, port)
        Addrinfo.getaddrinfo(host, port, nil, :STREAM).map(&:ip_address)
      end

      # The connection goes to one of these, so that a second look-up cannot answer otherwise.
      def allowed(uri, resolver)
        tls = uri.scheme == 'https'
        addresses = resolver.call(uri.hostname, uri.port).select { |address| Native.keys_address?(address, tls) }
        return addresses unless addresses.empty?
        raise Error, 'the name stands for a link-local or metadata address, which is never asked' if tls

        raise Error, 'without TLS only loopback is asked, and never a link-local or metadata address'
      end

      def from_any(addresses, uri)
        addresses.each_with_index do |address, i|
          http = Net::HTTP.new(uri.hostname, uri.port, nil)
          http.ipaddr = address
          return yield(http)
        rescue *UNREACHABLE
          raise if i == addresses.length - 1
        end
      end

      def ask(http, uri, headers, ca_file, cert, key)
        http.max_retries = 0
        secure(http, ca_file, cert, key) if uri.scheme == 'https'
        fields = headers.to_h { |line| line.split(': ', 2) }
        request = Net::HTTP::Get.new(uri, { 'Accept-Encoding' => 'identity', 'User-Agent' => "batten/#{VERSION} (ruby)" }.merge(fields))
        http.start { http.request(request) { |answer| return answer_of(answer) } }
      end

      def secure(http, ca_file, cert, key)
        http.use_ssl = true
        http.verify_mode = OpenSSL::SSL::VERIFY_PEER
        http.ca_file = ca_file if ca_file
        return unless cert

        chain = OpenSSL::X509::Certificate.load_file(cert)
        http.cert = chain.first
        http.extra_chain_cert = chain.drop(1)
        http.key = OpenSSL::PKey.read(File.read(key))
      end

      def answer_of(answer)
        [answer.code.to_i, nil, body_of(answer), *FIELDS.map { |name| answer[name] }]
      end

      def body_of(answer)
        bytes = +''
        answer.read_body do |part|
          bytes << part
          raise Error, 'the answer is too long' if bytes.bytesize > Native::FETCH_BYTES
        end
        bytes
      end
    end
  end
end
