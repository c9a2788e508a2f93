# frozen_string_literal: true

# A small Rails application behind the guard: one action is protected, and says so when it runs.
require 'rails'
require 'action_controller/railtie'

class App < Rails::Application
  config.eager_load = false
  config.api_only = true
  config.secret_key_base = 'x' * 40
  config.hosts.clear if config.respond_to?(:hosts)
  config.logger = Logger.new(File::NULL)
  routes.append do
    match '/api/secret', to: 'things#secret', via: :all
    match '/public/page', to: 'things#page', via: :all
  end
end

class ThingsController < ActionController::API
  def secret = render(plain: 'PROTECTED')
  def page = render(plain: 'public')
end

App.initialize!
# Rack's own override is what makes X-HTTP-Method-Override dangerous.
use Rack::MethodOverride
run App
