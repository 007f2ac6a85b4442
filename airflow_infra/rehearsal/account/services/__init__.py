"""Services, and parts of services, that the rehearsal answers itself because moto lacks or simplifies them."""
