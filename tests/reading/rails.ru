# frozen_string_literal: true

# A small Rails application behind the guard: each action says which one it is, and what it was told.
require 'rails'
require 'action_controller/railtie'

class App < Rails::Application
  config.eager_load = false
  config.api_only = true
  config.secret_key_base = 'x' * 40
  config.hosts.clear if config.respond_to?(:hosts)
  config.logger = Logger.new(File::NULL)
  routes.append do
    match '/health', to: 'things#open', via: :all
    match '/admin(/*rest)', to: 'things#admin', via: :all
    match '/api/users/:id', to: 'things#user', via: :all
    match '/(*rest)', to: 'things#other', via: :all
  end
end

class ThingsController < ActionController::API
  def open = say('PUBLIC')
  def admin = say('ADMIN')
  def user = say('USER')
  def other = say('OTHER')

  private

  def say(name)
    told = %w[X-Batten-Subject X-Batten-Scopes X-User-Email].map { |field| request.headers[field].to_s }
    render(plain: [name, request.request_method, request.host, *told].join(' '))
  end
end

App.initialize!
use Rack::MethodOverride
run App
