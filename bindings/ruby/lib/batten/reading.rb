# frozen_string_literal: true

module Batten
  # How a Rack environment is read, and whether the application behind could read it in another way. CVE-2020-8595 and
  # CVE-2023-30845 came from gateways that read a path or method differently from what they guarded.
  class Reading
    OVERRIDE = '_method'
    QUERY_OVERRIDE = /(?:\A|[&;])(?:_|%5f)(?:m|%6d)(?:e|%65)(?:t|%74)(?:h|%68)(?:o|%6f)(?:d|%64)(?:=([^&;]*)|[&;]|\z)/i.freeze

    FORWARDED_HOST = /(?:\A|[;,\s])host\s*=\s*(?:"([^"]*)"|([^";,\s]+))/i.freeze

    attr_reader :verb, :host, :scheme, :target

    def initialize(env)
      @env = env
      @verb = env['REQUEST_METHOD']
      @host = env['HTTP_HOST']
      @scheme = env['rack.url_scheme']
      @routed = "#{env['SCRIPT_NAME']}#{env['PATH_INFO']}"
      query = env['QUERY_STRING'].to_s
      @target = env['REQUEST_URI'] || (query.empty? ? @routed : "#{@routed}?#{query}")
    end

    # Whether what the server received is what the application routes by, as it is or percent-decoded.
    def one_path?
      path, _, query = @target.partition('?')
      path = path.sub(%r{\A[a-z][a-z0-9+.-]*://[^/]*}i, '') unless path.start_with?('/')
      path = '/' if path.empty?
      return false unless query == @env['QUERY_STRING'].to_s

      path == @routed || decoded(path) == @routed.b || (@routed.empty? && path == '/')
    end

    # Other readings of the same request that routers and proxies know; the policy must name one route for all of them.
    # Rails takes "/a.json" and "/a/" for "/a", HEAD for GET, and the host from X-Forwarded-Host.
    def others
      given = [@verb, @host, @target]
      verbs = @verb == 'HEAD' ? %w[HEAD GET] : [@verb]
      verbs.product(hosts, paths).reject { |reading| reading == given }
    end

    # Whether a form or a parameter asks Rack::MethodOverride for another method. Reads the form, as the application will.
    def overridden?
      return false unless @verb == 'POST'

      asked = [query_override, form_override].compact
      asked.any? { |value| value.to_s.upcase != @verb }
    end

    private

    def decoded(path) = path.b.gsub(/%([0-9a-f]{2})/i) { Regexp.last_match(1).hex.chr.b }

    # Rack takes the host that proxies name, or that a client names if there is no proxy: the first or the last of a list,
    # from one field or the other, by its version. So each of them counts.
    def hosts
      forwarded = @env['HTTP_X_FORWARDED_HOST'].to_s.split(',').map(&:strip).reject(&:empty?)
      standard = @env['HTTP_FORWARDED'].to_s.scan(FORWARDED_HOST).map { |quoted, plain| quoted || plain }
      [@host, *forwarded, *standard].compact.uniq.then { |all| all.empty? ? [nil] : all }
    end

    def paths
      path, mark, query = @target.partition('?')
      bare = path.sub(%r{(?<=.)/\z}, '')
      plain = bare.sub(%r{\.[^./]+\z}, '')
      kept = [path, bare, plain].uniq.reject { |one| one != path && (one.empty? || one.end_with?('/')) }
      kept.map { |one| "#{one}#{mark}#{query}" }
    end

    def query_override = @env['QUERY_STRING'].to_s[QUERY_OVERRIDE] && (Regexp.last_match(1) || '')

    # As Rack::MethodOverride of this version of Rack asks: it knows which types are forms.
    def form_override
      require 'rack/request'
      Rack::Request.new(@env).POST[OVERRIDE]
    end
  end
end
