// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PythSource} from "../oracle/sources/PythSource.sol";

/// @title A keeper that cannot be paid: it has no way to receive money
contract DeafKeeper {
    PythSource private immutable SOURCE;

    constructor(PythSource source) {
        SOURCE = source;
    }

    /// @notice Brings a price with all that is sent. Anyone.
    function update(uint8 market, bytes[] calldata data) external payable {
        SOURCE.update{value: msg.value}(market, data);
    }
}
