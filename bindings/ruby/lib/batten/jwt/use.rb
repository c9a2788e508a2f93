# frozen_string_literal: true

module Batten
  module JWT
    # One way of calling {JWT.decode}: a key and options, as a policy. Calls of the same way share it.
    # @api private
    class Use
      KEPT = 64
      IGNORED = %i[verify_iss verify_aud verify_expiration verify_not_before verify_iat verify_sub].freeze
      KNOWN = (%i[algorithm algorithms iss aud leeway exp_leeway nbf_leeway required_claims sub verify_jti jwks max_lifetime] + IGNORED).freeze

      @kept = {}
      @lock = Mutex.new
      @pem = ObjectSpace::WeakMap.new

      class << self
        def of(key, options)
          raise PermissiveUse, 'options must be a Hash' unless options.is_a?(Hash)

          options = options.transform_keys(&:to_sym)
          refuse_permissive(options)
          material = material_of(key, options)
          name = [material, options.reject { |option, _| option == :jwks || option == :verify_jti }, options[:verify_jti].nil?]
          use = @lock.synchronize { @kept[name] ||= new(material, options) }
          @lock.synchronize { @kept.shift while @kept.size > KEPT }
          use.for_call(options[:verify_jti])
        end

        private

        def refuse_permissive(options)
          unknown = options.keys - KNOWN
          raise PermissiveUse, "unknown option #{unknown.first}: what is not understood is not checked" unless unknown.empty?

          off = IGNORED.find { |name| options.key?(name) && options[name] != true }
          raise PermissiveUse, "#{off} must be true or left out: the check is always made" if off

          check_algorithms(algorithms(options))
          { iss: 'the issuer', aud: 'the audience' }.each do |name, meaning|
            raise PermissiveUse, "no #{name}: name #{meaning}, or tokens for others are accepted" if texts(options[name], name).empty?
          end
        end

        def check_algorithms(list)
          raise PermissiveUse, 'no algorithms: name those that the issuer uses, such as algorithms: ["RS256"]' if list.empty?
          raise PermissiveUse, 'none is no algorithm: anybody could sign' if list.any? { |one| one.casecmp?('none') }
          return if list.map { |one| one.start_with?('HS') }.uniq.length == 1

          raise PermissiveUse, 'HMAC and public-key algorithms together: the public key would become a secret'
        end

        def material_of(key, options)
          return jwks_text(options[:jwks], key) if options.key?(:jwks)

          secret = algorithms(options).first.start_with?('HS')
          case key
          when String then secret ? JSON.generate(kty: 'oct', k: Base64.urlsafe_encode64(key, padding: false)) : wrong_key('an OpenSSL::PKey')
          when OpenSSL::PKey::PKey then secret ? wrong_key('a String') : @pem[key] ||= key.public_to_pem
          when OpenSSL::X509::Certificate then secret ? wrong_key('a String') : key.to_pem
          else raise PermissiveUse, "no key: #{key.class} verifies nothing"
          end
        end

        def wrong_key(wanted) = raise(PermissiveUse, "the algorithms need #{wanted} as key: one kind of key for one family")

        def jwks_text(set, key)
          raise PermissiveUse, 'key and jwks exclude each other' if key
          raise PermissiveUse, 'a jwks loader is not taken: use a policy with jwks_url' if set.respond_to?(:call)

          set = set.export if set.respond_to?(:export)
          set = { keys: set } if set.is_a?(Array)
          raise PermissiveUse, 'jwks must be a Hash or an Array of JWKs' unless set.is_a?(Hash)

          JSON.generate(set)
        end

        def algorithms(options) = texts([options[:algorithm], options[:algorithms]].flatten.compact, :algorithms)

        def texts(value, name)
          list = Array(value)
          raise PermissiveUse, "#{name} must be texts" unless list.all? { |one| one.is_a?(String) && !one.empty? }

          list
        end
      end

      attr_reader :verifier

      def initialize(material, options)
        @sub = options[:sub]
        @verifier = Verifier.new(policy: Native::Policy.build({ issuers: issuers(options) }, material, 256 * 1024))
      rescue PolicyError => e
        raise PermissiveUse, e.message.gsub(%r{^(?:(?:/proc/self/fd/\d+|policy)(?::\d+)*: )+}, '')
      end

      # A Proc is not part of what is shared.
      def for_call(verify_jti)
        dup.tap { |use| use.instance_variable_set(:@verify_jti, verify_jti) }
      end

      # What a policy does not say of one call.
      def check(payload)
        raise InvalidSubError.new('sub is another', 'claim-invalid') if @sub && payload['sub'] != @sub
        return unless @verify_jti

        jti = payload['jti'].to_s
        good = @verify_jti.respond_to?(:call) ? jti_good?(jti, payload) : !jti.strip.empty?
        raise InvalidJtiError.new('jti is missing or refused', 'claim-invalid') unless good
      end

      private

      def jti_good?(jti, payload)
        @verify_jti.arity == 2 ? @verify_jti.call(jti, payload) : @verify_jti.call(jti)
      end

      def issuers(options)
        common = { algorithms: [options[:algorithm], options[:algorithms]].flatten.compact.uniq, audiences: Array(options[:aud]),
                   leeway: leeway(options) }
        required = Array(options[:required_claims]).map(&:to_s) | (@sub ? ['sub'] : [])
        common[:required] = required unless required.empty?
        common[:max_lifetime] = "#{options[:max_lifetime]}s" if options[:max_lifetime]
        common[:try_all] = true if options.key?(:jwks)
        Array(options[:iss]).map { |issuer| common.merge(issuer: issuer) }
      end

      # The smallest given: each of them would be allowed to be late.
      def leeway(options)
        given = options.values_at(:leeway, :exp_leeway, :nbf_leeway).compact
        raise PermissiveUse, 'leeway is a number of seconds' unless given.all? { |one| one.is_a?(Integer) && one >= 0 }

        "#{given.min || 0}s"
      end
    end
  end
end
