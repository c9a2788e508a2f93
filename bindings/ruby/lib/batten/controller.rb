# frozen_string_literal: true

module Batten
  # For Rails controllers behind {Middleware}:
  #
  #   class FilesController < ApplicationController
  #     include Batten::Controller
  #     require_scope "read:data"
  #     require_scope "write:data", only: [:create, :destroy]
  #   end
  #
  # Without a token the answer is 401, without the scope 403, both with an empty body. In observe mode both are logged and
  # the action runs, as for the routes of the policy.
  module Controller
    def self.included(base)
      base.extend(ClassMethods)
      base.rescue_from(SinkRefused) { |refused| batten_refuse_sink(refused) } if base.respond_to?(:rescue_from)
    end

    module ClassMethods
      # @param scopes [Array<String>] all of them are needed
      # @param options [Hash] as for before_action: only:, except:, if:, unless:
      def require_scope(*scopes, **options)
        raise ArgumentError, 'require_scope needs at least one scope' if scopes.empty?
        raise ArgumentError, 'a scope is a string without spaces' unless scopes.all? { |s| s.is_a?(String) && s.match?(/\A\S+\z/) }

        before_action(**options) { batten_require(scopes) }
      end
    end

    private

    # @return [Hash, nil] the claims of the request's token
    def batten_claims = request.env[Middleware::CLAIMS]

    # @return [Array<String>] the scopes that the policy allows and the token has
    def batten_scopes = request.env[Middleware::SCOPES] || []

    # What came from outside was refused: the client's fault, so no error of the application in its log.
    def batten_refuse_sink(refused)
      Batten.logger.info("batten: #{self.class.name} refused #{refused.message}")
      head refused.status
    end

    def batten_require(scopes)
      missing = scopes - batten_scopes
      return if batten_claims && missing.empty?

      status = batten_claims ? 403 : 401
      if request.env[Middleware::OBSERVE]
        Batten.logger.info("batten: would refuse with #{status}: #{self.class.name} needs #{scopes.join(' ')}")
        return
      end
      challenge = %(Bearer error="insufficient_scope", scope="#{scopes.join(' ')}")
      response.set_header('WWW-Authenticate', batten_claims ? challenge : 'Bearer')
      response.set_header('Cache-Control', 'no-store')
      head status
    end
  end
end
