# frozen_string_literal: true

require 'net/http'
require 'timeout'
require 'uri'

module Batten
  # Fetches a key set from the URL that the policy names, and from nowhere else: no redirect, no proxy, TLS verified.
  module KeyFetch
    LIMIT = 1024 * 1024
    SECONDS = 10

    class << self
      def start(policy, issuer)
        thread = Thread.new { take(policy, issuer) }
        thread.name = 'batten keys'
        thread.report_on_exception = false
        thread
      end

      private

      def take(policy, issuer)
        url = policy.key_source(issuer)
        bytes = fetch(url)
      rescue StandardError => e
        policy.notice("keys of #{url}: #{e.class}: #{e.message}")
      ensure
        _taken, problems = policy.set_keys(issuer, bytes)
        policy.notice(problems) unless problems.empty?
      end

      def fetch(url)
        uri = URI(url)
        http = Net::HTTP.new(uri.host, uri.port, nil)
        http.use_ssl = uri.scheme == 'https'
        http.max_retries = 0
        http.open_timeout = http.read_timeout = SECONDS
        Timeout.timeout(SECONDS) { http.start { http.request(request(uri)) { |answer| return body_of(answer) } } }
      end

      def request(uri)
        Net::HTTP::Get.new(uri, 'Accept' => 'application/jwk-set+json, application/json', 'Accept-Encoding' => 'identity')
      end

      def body_of(answer)
        raise Error, "status #{answer.code}" unless answer.code == '200'

        bytes = +''
        answer.read_body do |part|
          bytes << part
          raise Error, "more than #{LIMIT} bytes" if bytes.bytesize > LIMIT
        end
        bytes
      end
    end
  end
end
