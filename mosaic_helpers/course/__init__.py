"""What only the course needs: its data, the doctor, the dashboard's panes, quiz and checks."""
