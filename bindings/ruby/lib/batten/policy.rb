# frozen_string_literal: true

require 'json'

module Batten
  module Native
    # The C side of a policy, and the two things it asks Ruby for.
    class Policy
      WARNING = 'warning: '
      OWN_NONCES = '`dpop_nonce` without `dpop_nonce_key`: processes that load the policy by themselves do not take ' \
                   'the nonces of each other'

      class << self
        # @return [Policy] from a file; raises {PolicyError} with every problem
        def read(path, cache_bytes)
          accept(*load_file(File.expand_path(path), cache_bytes))
        end

        # From a Hash as the policy file would hold it. `keys` is the bytes of its key file, which never touch a disk.
        def build(rules, keys, cache_bytes)
          file = IO.for_fd(memory_file(keys))
          issuers = rules.fetch(:issuers).map { |issuer| issuer.merge(keys: { file: "/proc/self/fd/#{file.fileno}" }) }
          text = JSON.generate(rules.merge(version: 1, issuers: issuers))
          accept(*load_text(text, 'policy', '/', cache_bytes))
        ensure
          file&.close
        end

        private

        def accept(policy, problems)
          raise PolicyError, errors_in(problems) unless policy

          if policy.guard_only
            raise PolicyError, "keys from #{policy.guard_only} are asked for by `batten guard serve` alone: use jwks_url or a file here"
          end

          policy.notice(problems) unless problems.empty?
          policy.follow_database
          policy.notice(OWN_NONCES) unless policy.dpop_nonce_shared?
          policy.fetch_due.each(&:join)
          policy
        end

        def errors_in(problems)
          errors = problems.lines.reject { |line| line.start_with?(WARNING) }
          (errors.empty? ? problems : errors.join).strip
        end
      end

      # Called with what is wrong or unwise, one line each.
      def notice(problems)
        problems.each_line { |line| Batten.logger.warn("batten: #{line.strip}") }
      end

      # Where the policy names a database of what is revoked, its reader; what cannot be read now raises {PolicyError}.
      def follow_database
        return unless revocation_database

        require_relative 'revoked_database'
        @revoked = RevokedDatabase.new(self, revocation_database).tap(&:load)
      end

      # Called every half second, while a request waits: only what changed is read.
      def refresh_database = @revoked&.refresh

      # Called when the keys of an issuer are to be fetched: at loading, when they are due, when a token names an unknown
      # one. In a thread of its own, so that no request waits for it.
      def keys_wanted(issuer)
        require_relative 'key_fetch'
        KeyFetch.start(self, issuer)
      end
    end
  end
end
