"""EC2: what moto lacks or simplifies. Everything else of EC2 is moto's."""
