# frozen_string_literal: true

require 'rails/generators/base'

module Batten
  module Generators
    # rails generate batten:install: a policy, an initializer, and the line that turns the middleware on.
    class InstallGenerator < Rails::Generators::Base
      source_root File.expand_path('templates', __dir__)
      desc 'Writes config/batten.yml and config/initializers/batten.rb, and puts Batten::Middleware in front of the application.'

      class_option :issuer, type: :string, default: 'my-rails-auth-service', desc: 'the exact iss of your tokens'
      class_option :audience, type: :string, default: 'my-rails-app', desc: 'the aud that tokens for this application carry'
      class_option :scopes, type: :array, default: %w[read:data write:data admin:read], desc: 'every scope that a token may grant'
      class_option :enforce, type: :boolean, default: false, desc: 'refuse from the start, instead of observing first'

      def write_policy
        template 'batten.yml.tt', 'config/batten.yml'
      end

      # A new secret for trying it out; never one that is there already.
      def write_secret
        path = File.join(destination_root, 'config/batten.secret')
        return say_status(:identical, 'config/batten.secret', :blue) if File.exist?(path)

        require 'securerandom'
        create_file 'config/batten.secret', SecureRandom.bytes(32), verbose: true
        File.chmod(0o600, path) if File.exist?(path)
      end

      # Nothing is revoked yet; without the file every start would warn.
      def write_revoked
        path = File.join(destination_root, 'config/batten.revoked')
        create_file 'config/batten.revoked', "# what is not to be taken any more: one entry a line\n" unless File.exist?(path)
      end

      def keep_secret_out_of_git
        ignore = File.join(destination_root, '.gitignore')
        return if File.exist?(ignore) && File.read(ignore).include?('config/batten.secret')

        File.exist?(ignore) ? append_to_file('.gitignore', "\n/config/batten.secret\n") : create_file('.gitignore', "/config/batten.secret\n")
      end

      def write_initializer
        template 'batten.rb.tt', 'config/initializers/batten.rb'
      end

      def add_middleware
        line = "config.middleware.use Batten::Middleware, policy: Rails.root.join(\"config/batten.yml\").to_s"
        path = File.join(destination_root, 'config/application.rb')
        return say_status(:skip, "config/application.rb is missing: add `#{line}`", :yellow) unless File.exist?(path)
        return if File.read(path).include?('Batten::Middleware')

        environment line
      end

      def say_what_is_next
        say "\nThe policy is in config/batten.yml#{options[:enforce] ? '' : ', mode observe: it refuses nothing yet'}. " \
            "Put your issuer's key where `keys:` points, name your routes, and run `batten guard check config/batten.yml`."
      end
    end
  end
end
