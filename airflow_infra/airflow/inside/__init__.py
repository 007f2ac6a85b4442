"""What runs inside the environment of a stack's Airflow. It imports the standard library and Airflow, nothing else.

None of this project's requirements are there, and Python may be older than the command's own: 3.10 must do.
"""
