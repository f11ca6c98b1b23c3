// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Many views in one call
/// @notice For tests that compare the whole state of an exchange after every step.
contract Batch {
    /// @notice Asks each target in turn, and returns what it said whether it succeeded or not. Changes nothing by itself.
    function read(
        address[] calldata targets,
        bytes[] calldata questions
    ) external view returns (bytes[] memory answers) {
        answers = new bytes[](targets.length);
        for (uint256 i; i < targets.length; ++i) {
            (, answers[i]) = targets[i].staticcall(questions[i]);
        }
    }
}
