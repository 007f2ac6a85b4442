"""The parts of the network: planning, endpoints, flow logs, transit gateways."""
